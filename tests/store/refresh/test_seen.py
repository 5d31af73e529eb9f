from store.refresh.seen import SeenComments


def test_what_came_is_found_by_its_id():
    with SeenComments() as seen:
        seen.add({"a": b"1", "b": b"2"})
        assert seen.find(["a", "b", "c"]) == {"a": hash(b"1"), "b": hash(b"2")}
        assert seen.find([]) == {}


def test_first_of_two_is_remembered():
    with SeenComments() as seen:
        seen.add({"a": b"1"})
        seen.add({"a": b"2"})
        assert seen.find(["a"]) == {"a": hash(b"1")}


def test_many_are_remembered():
    with SeenComments() as seen:
        for start in range(0, 20_000, 500):
            seen.add({f"{number}": b"x" for number in range(start, start + 500)})
        assert len(seen.find([f"{number}" for number in range(19_800, 20_200)])) == 200
