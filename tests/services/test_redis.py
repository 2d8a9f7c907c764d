"""Redis carries messages, starts empty for each test, and comes back after it was away."""

from datetime import timedelta

import pytest
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeout

from tests.services.redis import RedisServer


def test_a_subscriber_receives_what_is_published(redis: RedisServer) -> None:
    with redis.client() as subscriber, redis.client() as publisher, subscriber.pubsub() as channel:
        channel.subscribe("incidents")
        assert channel.get_message(timeout=5)["type"] == "subscribe"

        publisher.publish("incidents", "declared")

        assert channel.get_message(timeout=5)["data"] == "declared"


def test_a_test_leaves_something_behind(redis: RedisServer) -> None:
    with redis.client() as client:
        client.set("left", "behind")


def test_the_next_test_finds_nothing(redis: RedisServer) -> None:
    with redis.client() as client:
        assert client.keys() == []


def test_it_can_be_away_and_come_back_at_the_same_address(redis: RedisServer) -> None:
    redis.process.kill()
    with redis.client() as client, pytest.raises(RedisError):
        client.ping()

    redis.start()

    with redis.client() as client:
        assert client.ping()


def test_it_can_fall_silent(redis: RedisServer) -> None:
    redis.process.pause()
    try:
        with redis.client(timeout=timedelta(seconds=0.2)) as client, pytest.raises(RedisTimeout):
            client.ping()
    finally:
        redis.process.resume()

    with redis.client() as client:
        assert client.ping()
