"""What a store may be able to do besides: list by user, go through all it has, throw away what has expired."""

from tests.contract.face import NOW, Face, key, record


def test_a_users_sessions_are_listed(store: Face) -> None:
    """The living ones of this user with their keys: no trail, nobody else's, none that has ended."""
    store.create(key("1"), record("alice", x="1"))
    store.create(key("2"), record("alice", lives=5))
    store.create(key("3"), record("bob"))
    store.create(key("4"), record())
    assert store.sessions_of("alice") == {key("1"): record("alice", x="1"), key("2"): record("alice", lives=5)}
    assert store.sessions_of("alice", NOW + 5) == {key("1"): record("alice", x="1")}
    assert store.sessions_of("carol") == {}
    store.move(key("4"), key("5"), record("alice", y="2"))
    store.move(key("1"), key("6"), record("alice"))
    store.delete(key("2"))
    assert store.sessions_of("alice") == {
        key("5"): record("alice", y="2"),
        key("6"): record("alice", x="1"),
    }
    store.delete(key("5"))
    store.delete(key("6"))
    assert store.sessions_of("alice") == {}


def test_a_list_shows_what_is_there_now(store: Face) -> None:
    store.create(key("1"), record("alice", lives=5))
    store.set(key("1"), "x", "1")
    store.touch(key("1"), NOW + 50)
    assert store.sessions_of("alice", NOW + 20) == {key("1"): record("alice", lives=50, x="1")}


def test_a_user_with_many_sessions(store: Face) -> None:
    for number in range(200):
        store.create(key(str(number)), record("alice"))
    for number in range(0, 200, 2):
        store.delete(key(str(number)))
    assert set(store.sessions_of("alice")) == {key(str(number)) for number in range(1, 200, 2)}


def test_all_sessions_come_by(store: Face) -> None:
    """The living ones, each once, also where there are more than fit into one answer."""
    kept = {key(str(number)): record(f"user{number}" if number % 2 else None, x="1") for number in range(1300)}
    for each, one in kept.items():
        store.create(each, one)
    store.create(key("short"), record(lives=5))
    store.move(key("1"), key("moved"), record("user1"))
    kept[key("moved")] = kept.pop(key("1"))
    assert store.sessions(NOW + 5) == kept


def test_a_sweep_takes_no_more_than_it_is_told(store: Face) -> None:
    """What has expired goes, at most so many at a time; what lives stays, also what was touched after all."""
    for number in range(300):
        store.create(key(str(number)), record(lives=5))
    store.create(key("touched"), record("alice", lives=5))
    store.touch(key("touched"), NOW + 100)
    store.create(key("long"), record("alice"))
    assert store.sweep(NOW + 4) == 0
    counts = [store.sweep(NOW + 6, limit) for limit in (1, 120, 1000, 1000)]
    assert counts == [1, 120, 179, 0]
    assert set(store.sessions(NOW + 6)) == {key("touched"), key("long")}


def test_a_sweep_takes_trails_too(store: Face) -> None:
    store.create(key("old"), record())
    store.move(key("old"), key("new"), record("alice"), NOW, NOW + 10)
    assert store.sweep(NOW + 9) == 0
    assert store.sweep(NOW + 11) == 1
    assert store.read(key("new"), NOW + 11) == record("alice")
