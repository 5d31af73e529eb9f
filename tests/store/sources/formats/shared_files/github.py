"""GitHub: answers of its REST API, and payloads of its webhooks."""

from tests.store.sources.formats.shared_files import Expected

FILES = {
    "github/rest-github_issue_comments_1.json": Expected("github", comments=1),
    "github/rest-github_request_pull_request_1_comments.json": Expected("github", comments=2),
    "github/webhook-discussion-created.payload.json": Expected("github", comments=1),
    # The discussion's text, and the comment that was deleted.
    "github/webhook-discussion_comment-deleted.payload.json": Expected("github", comments=1, skipped=1),
    # The text is empty.
    "github/webhook-issue_comment-created.1.payload.json": Expected("github", comments=1, skipped=1),
    "github/webhook-issue_comment-created.with-installation.payload.json": Expected("github", comments=2),
    "github/webhook-issue_comment-deleted.payload.json": Expected("github", comments=1, skipped=1),
    "github/webhook-issue_comment-edited.payload.json": Expected("github", comments=2),
}
