import pytest

from store.archive import Archive
from store.domain.channel_setting import ChannelSetting
from store.repositories.channel_settings import ChannelSettings


@pytest.fixture
def settings(archive: Archive) -> ChannelSettings:
    return ChannelSettings(archive.database)


class TestChannelSettings:
    def test_nothing_is_chosen_of_an_unknown_channel(self, settings: ChannelSettings):
        assert settings.find("T1", "C1") == ChannelSetting()

    def test_choice_is_found_of_that_channel_alone(self, settings: ChannelSettings, other_process: Archive):
        settings.set_follow_ups("T1", "C1", is_on=False, by="U1")
        assert settings.find("T1", "C1") == ChannelSetting(follow_ups=False)
        assert ChannelSettings(other_process.database).find("T1", "C1") == ChannelSetting(follow_ups=False)
        assert [settings.find("T1", "C2"), settings.find("T2", "C1")] == [ChannelSetting()] * 2

    def test_choice_takes_the_place_of_an_earlier_one(self, settings: ChannelSettings):
        for is_on in (False, True):
            settings.set_follow_ups("T1", "C1", is_on=is_on, by="U1")
        assert settings.find("T1", "C1") == ChannelSetting(follow_ups=True)

    def test_choices_of_a_team_are_listed(self, settings: ChannelSettings):
        settings.set_follow_ups("T1", "C2", is_on=False, by="U1")
        settings.set_follow_ups("T1", "C1", is_on=True, by="U1")
        settings.set_follow_ups("T2", "C3", is_on=True, by="U1")
        chosen = [("C1", ChannelSetting(follow_ups=True)), ("C2", ChannelSetting(follow_ups=False))]
        assert settings.list_of("T1") == chosen

    def test_choice_leaves_the_others_as_they_are(self, settings: ChannelSettings):
        settings.set_suggestions("T1", "C1", is_on=True, by="U1")
        settings.set_follow_ups("T1", "C1", is_on=False, by="U2")
        assert settings.find("T1", "C1") == ChannelSetting(follow_ups=False, suggestions=True)
