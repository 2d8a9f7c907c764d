// What unfold's pages say in Alpine's attributes, read instead of compiled.
//
// Alpine makes a function of each attribute's text, for which the content security policy would have to allow
// 'unsafe-eval'. This reads the part of the language that unfold's templates use: values, members, calls, operators,
// assignments, `if`, and functions of one argument. Whoever smuggled an attribute into a page would find no more in it
// than the page's own switches: no window, no document, and of other objects only what is listed here.
"use strict";

(() => {
  const words = (text) => new Set(text.split(" "));
  const READ = words("length key metaKey ctrlKey target tagName value location pathname search hash href title description link favorite");
  const WRITTEN = words("value href");
  const CALLED = words("includes toLowerCase getItem setItem blur");
  const FUNCTIONS = words("theme searchForm searchDropdown searchCommand sortRecords moveRecords getCurrentTab");
  const CONSTANTS = { true: true, false: false, null: null, undefined: undefined };
  const TOKENS =
    /(?<number>\d+(?:\.\d+)?)|(?<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(?<name>[A-Za-z_$][\w$]*)|(?<mark>=>|[=!]==?|[<>]=|&&|\|\||[-+!<>=?:.,;()[\]{}])|(?<other>\S)/g;
  // From loosest to closest. The right side is a function, so that && and || may leave it alone.
  const OPERATORS = [
    { "||": (a, b) => a || b() },
    { "&&": (a, b) => a && b() },
    { "===": (a, b) => a === b(), "!==": (a, b) => a !== b(), "==": (a, b) => a == b(), "!=": (a, b) => a != b() },
    { "<=": (a, b) => a <= b(), ">=": (a, b) => a >= b(), "<": (a, b) => a < b(), ">": (a, b) => a > b() },
    { "+": (a, b) => a + b(), "-": (a, b) => a - b() },
  ];

  const storage = {
    getItem: (key) => localStorage.getItem(key),
    setItem: (key, value) => localStorage.setItem(key, value),
  };

  // Where the page is, and what leads to another page of the hub.
  const place = {
    get pathname() {
      return location.pathname;
    },
    get search() {
      return location.search;
    },
    get hash() {
      return location.hash;
    },
    set href(address) {
      const next = new URL(address, location);
      if (next.origin === location.origin) location.assign(next);
    },
  };

  function global(name) {
    if (FUNCTIONS.has(name)) return window[name];
    if (name === "localStorage") return storage;
    if (name === "window") return { location: place };
    throw new ReferenceError(`${name} is not defined for attributes`);
  }

  // Each method reads a part of the text and returns a function from a scope to its value; one that can be assigned to
  // has `assign`, one that can be called with a `this` of its own has `owner`.
  class Reader {
    constructor(text) {
      this.tokens = [...text.matchAll(TOKENS)].map(({ groups }) => Object.entries(groups).find(([, value]) => value !== undefined));
      this.at = 0;
    }

    sees(mark, ahead = 0) {
      const [kind, value] = this.tokens[this.at + ahead] ?? [];
      return kind !== "text" && value === mark;
    }

    takes(mark) {
      if (!this.sees(mark)) return false;
      this.at++;
      return true;
    }

    needs(mark) {
      if (!this.takes(mark)) this.refuse(`${mark} is missing`);
    }

    refuse(why) {
      throw new SyntaxError(`${why} at ${this.tokens[this.at]?.[1] ?? "the end"}`);
    }

    all() {
      const steps = this.statements();
      if (this.at < this.tokens.length) this.refuse("not understood");
      return steps;
    }

    statements() {
      const steps = [];
      while (this.at < this.tokens.length && !this.sees("}")) {
        steps.push(this.statement());
        if (!this.takes(";")) break;
      }
      return (scope) => steps.reduce((_, step) => step(scope), undefined);
    }

    statement() {
      if (!this.takes("if")) return this.expression();
      this.needs("(");
      const condition = this.inBrackets();
      const then = this.branch();
      const otherwise = this.takes("else") ? this.branch() : () => undefined;
      return (scope) => (condition(scope) ? then(scope) : otherwise(scope));
    }

    branch() {
      if (!this.takes("{")) return this.statement();
      const steps = this.statements();
      this.needs("}");
      return steps;
    }

    expression() {
      if (this.sees("=>", 1)) return this.arrow();
      const place = this.choice();
      if (!this.takes("=")) return place;
      if (!place.assign) this.refuse("nothing can be assigned");
      const value = this.expression();
      return (scope) => place.assign(scope, value(scope));
    }

    arrow() {
      const [, name] = this.tokens[this.at];
      this.at += 2;
      const body = this.expression();
      return (scope) => (value) => body(Alpine.mergeProxies([{ [name]: value }, scope]));
    }

    choice() {
      const condition = this.binary(0);
      if (!this.takes("?")) return condition;
      const then = this.expression();
      this.needs(":");
      const otherwise = this.expression();
      return (scope) => (condition(scope) ? then(scope) : otherwise(scope));
    }

    binary(level) {
      if (level === OPERATORS.length) return this.unary();
      let left = this.binary(level + 1);
      for (;;) {
        const mark = Object.keys(OPERATORS[level]).find((one) => this.takes(one));
        if (!mark) return left;
        const [before, after] = [left, this.binary(level + 1)];
        left = (scope) => OPERATORS[level][mark](before(scope), () => after(scope));
      }
    }

    unary() {
      if (!this.takes("!")) return this.members();
      const value = this.unary();
      return (scope) => !value(scope);
    }

    members() {
      let whole = this.primary();
      for (;;) {
        if (this.takes(".")) whole = this.member(whole, this.tokens[this.at++]?.[1]);
        else if (whole.holdsElements && this.takes("[")) whole = this.element(whole);
        else if (this.takes("(")) whole = this.call(whole);
        else return whole;
      }
    }

    element(references) {
      const name = this.primary()({});
      this.needs("]");
      return this.member(references, name);
    }

    member(owner, name) {
      const allowed = this.sees("(") ? CALLED : READ;
      if (!allowed.has(name) && !(owner.holdsElements && !(name in Object.prototype))) this.refuse(`.${name} is not for attributes`);
      const read = (scope) => owner(scope)[name];
      read.owner = owner;
      if (WRITTEN.has(name)) read.assign = (scope, value) => (owner(scope)[name] = value);
      return read;
    }

    call(called) {
      const values = this.list(")");
      return (scope) => called(scope).apply((called.owner ?? ((own) => own))(scope), values.map((value) => value(scope)));
    }

    list(end) {
      const values = [];
      while (!this.takes(end)) {
        values.push(this.expression());
        if (!this.sees(end)) this.needs(",");
      }
      return values;
    }

    primary() {
      const [kind, value] = this.tokens[this.at++] ?? [];
      if (kind === "number") return () => Number(value);
      if (kind === "text") return constant(unquoted(value));
      if (kind === "name") return Object.hasOwn(CONSTANTS, value) ? constant(CONSTANTS[value]) : this.named(value);
      if (value === "(") return this.inBrackets();
      if (value === "{") return this.object();
      if (value !== "[") this.refuse("not understood just before");
      const values = this.list("]");
      return (scope) => values.map((one) => one(scope));
    }

    named(name) {
      if (name in Object.prototype) this.refuse(`${name} is not for attributes`);
      const read = (scope) => (name in scope ? scope[name] : global(name));
      read.assign = (scope, value) => (scope[name] = value);
      read.holdsElements = name === "$refs";
      return read;
    }

    inBrackets() {
      const inside = this.expression();
      this.needs(")");
      return (scope) => inside(scope);
    }

    object() {
      const pairs = [];
      while (!this.takes("}")) {
        const [kind, key] = this.tokens[this.at++] ?? [];
        this.needs(":");
        pairs.push([kind === "text" ? unquoted(key) : key, this.expression()]);
        if (!this.sees("}")) this.needs(",");
      }
      return (scope) => Object.fromEntries(pairs.map(([key, value]) => [key, value(scope)]));
    }
  }

  const constant = (value) => () => value;
  const unquoted = (text) => text.slice(1, -1).replace(/\\(.)/g, "$1");

  const read = new Map();

  function meaning(text) {
    if (!read.has(text)) read.set(text, new Reader(text).all());
    return read.get(text);
  }

  // Alpine writes a style that is text as an attribute, which the policy refuses; of an object it sets each property.
  function styles(value) {
    return Object.fromEntries(value.split(";").map((part) => part.split(":").map((half) => half.trim())).filter(([name]) => name));
  }

  function dispatcher(element) {
    return (name, detail) => element.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true, cancelable: true }));
  }

  function complaining(element, expression, doing) {
    try {
      return doing();
    } catch (problem) {
      console.error(`${problem.message}, in: ${expression}`, element);
    }
  }

  // What Alpine asks for an attribute: a function of who receives its value, and of what its event or loop adds to the scope.
  function evaluator(element, expression) {
    const whole = typeof expression === "function" ? () => expression : complaining(element, expression, () => meaning(expression));
    const isStyle = element.getAttribute?.("x-bind:style") === expression;
    return (receive = () => {}, { scope = {}, params = [] } = {}) =>
      complaining(element, expression, () => {
        const around = { $el: element, $dispatch: dispatcher(element) };
        const own = Alpine.mergeProxies([scope, around, ...Alpine.closestDataStack(element)]);
        const found = whole?.(own);
        const value = typeof found === "function" ? found.apply(own, params) : found;
        receive(isStyle && typeof value === "string" ? styles(value) : value);
      });
  }

  document.addEventListener("alpine:init", () => Alpine.setEvaluator(evaluator));

  // htmx would write a style of its own into the page and compile conditions of triggers; unfold uses neither.
  Object.assign(htmx.config, { includeIndicatorStyles: false, allowEval: false });
})();
