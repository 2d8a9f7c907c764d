"""The table of who gets what: every field of Query, Mutation and Subscription, for each kind of person.

The rows are about one unit, Payments. A new field without a row fails. What the fields of a type show follows from
these rows, since the database decides which rows there are wherever they are reached from.
"""
