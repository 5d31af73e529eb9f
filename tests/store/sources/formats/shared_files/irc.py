"""IRC: logs of supybot."""

from tests.store.sources.formats.shared_files import Expected

FILES = {
    # Of twelve lines, four said and two done; a notice, a line and two actions without text, a quit and a join.
    "irc/supybot-perceval/supybot_2012_10_17.log": Expected("irc", comments=6, skipped=6),
    "irc/supybot-perceval/supybot_date_without_tz.log": Expected("irc", comments=2, skipped=1),
    # The last line lacks the marks of a nick.
    "irc/supybot-perceval/supybot_invalid_msg.log": Expected("irc", comments=4, skipped=4, problems=1),
}
