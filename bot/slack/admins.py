"""Who may look after the archive from Slack. Unknown means no."""

from dataclasses import dataclass

from bot.slack.viewers import People


@dataclass(frozen=True, slots=True)
class Admins:
    """Those named in the settings and, where that is set, owners and admins of the workspace."""

    ids: tuple[str, ...]
    with_workspace_admins: bool
    people: People

    def include(self, team: str, user: str) -> bool:
        """Tell whether a person is one of them."""
        return user in self.ids or (self.with_workspace_admins and self.people.is_workspace_admin(team, user))

    def list_names(self, team: str) -> list[str]:
        """Give the names of those who are named in the settings, as far as they are known."""
        return [name for one in self.ids if (name := self.people.find_name(team, one))]
