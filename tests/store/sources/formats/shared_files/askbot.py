"""Askbot: a question, and a page of questions."""

from tests.store.sources.formats.shared_files import Expected

FILES = {
    # Its answers are named, not held.
    "askbot/api_24396_openstack.json": Expected("askbot", comments=1),
    "askbot/askbot_api_questions.json": Expected("askbot", comments=1),
}
