"""Mattermost: pages of the API that another program is tested with."""

from tests.store.sources.formats.shared_files import Expected

FILES = {
    "mattermost/mattermost_channel.json": Expected("mattermost"),
    "mattermost/mattermost_posts.json": Expected("mattermost", comments=5),
    # Two joined the team.
    "mattermost/mattermost_posts_next.json": Expected("mattermost", comments=2, skipped=2),
    "mattermost/mattermost_user_valcos.json": Expected("mattermost"),
}
