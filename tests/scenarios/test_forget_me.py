"""Somebody looks what is theirs, and is forgotten from within Slack: at once, or once an admin approves."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.slack.views.own import APPROVE, DECLINE, FORGET, KEEP
from tests.databases import ArchivePlace, execute
from tests.fakes.slack import Post, StandInSlack
from tests.scenarios.conftest import fill_workspace, make_room, make_slack_settings
from tests.scenarios.process import run_harkback, serving, settle
from tests.scenarios.room import GUEST, MEMBER, Room, dump, find_actions

ADMIN = "UADMIN"
ALAN = "U9ALAN"
PRIVATE = "CPRIVATE"


def write_export(folder: Path) -> Path:
    """An export of the stand-in's workspace: what Ada and Alan said in a public channel and in a private one."""
    place = folder / "export"
    people = [(MEMBER, "Ada Lovelace"), (ALAN, "Alan")]
    listing = [{"id": one, "team_id": StandInSlack.team_id, "profile": {"real_name": name}} for one, name in people]
    channel = {"created": 1_500_000_000, "creator": ALAN, "members": [MEMBER, ALAN]}
    talk = {
        "general": [
            (MEMBER, "Kumquats ripen under the viaduct."),
            (ALAN, "&gt; Kumquats ripen under the viaduct.\nNo."),
        ],
        "hidden": [(MEMBER, "The gazebo is sold."), (ALAN, "To whom?")],
    }
    files = {
        "users.json": listing,
        "channels.json": [channel | {"id": "CGENERAL", "name": "general"}],
        "groups.json": [channel | {"id": PRIVATE, "name": "hidden"}],
    }
    for name, said in talk.items():
        files[f"{name}/2019-03-02.json"] = [
            {"type": "message", "user": user, "text": text, "ts": f"15515280{number:02}.000100"}
            for number, (user, text) in enumerate(said)
        ]
    for name, content in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(json.dumps(content))
    return place


@contextmanager
def open_place(database: ArchivePlace, tmp_path: Path, **settings: str) -> Iterator[StandInSlack]:
    """A running bot whose archive has an export of its workspace, and a blog where somebody has a member's name."""
    blog = tmp_path / "blog.jsonl"
    blog.write_text(json.dumps({"id": "1", "author": "Ada Lovelace", "text": "Kumquats are for marmalade."}) + "\n")
    imported = ("import", write_export(tmp_path), "--source", "Talk", "--include-private")
    for command in (imported, ("import", blog, "--source", "Blog")):
        done = run_harkback(*command, database=database)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout
    with StandInSlack() as slack:
        fill_workspace(slack)
        slack.workspace.add_user(ADMIN, name="root")
        slack.workspace.add_user(ALAN, name="alan")
        with serving(database, make_slack_settings(slack) | settings, tmp_path / "log"):
            slack.wait_connected()
            yield slack


def direct(slack: StandInSlack, user: str) -> Room:
    return Room(slack, slack.workspace.open_direct_message(user).id)


def command(slack: StandInSlack, text: str, user: str = MEMBER) -> Post:
    room = make_room(slack)
    room.command(text, user=user)
    return room.wait_for_post()


def press(slack: StandInSlack, post: Post, action: str, user: str = MEMBER) -> str:
    """Press a button of a message; give what then stands in its place."""
    before = len(slack.updates)
    slack.click(post, action, user=user)
    return slack.wait_for_updates(before + 1)[-1].text


def test_about_me_goes_by_the_account_and_shows_what_one_may_see(database: ArchivePlace, tmp_path: Path):
    with open_place(database, tmp_path) as slack:
        post = command(slack, "about-me")
        assert (post.text.split("\n")[0], post.ephemeral_to) == (
            "Others can find 1 comment of yours, as far as they may see it.",
            MEMBER,
        )
        shown = dump(post)
        assert "*Talk*: 1 comment, from <!date^1551528000^" in shown
        assert "A name alone is no proof" in shown
        assert "`/hark by Ada Lovelace`" in shown
        assert "Blog" not in shown
        assert "Kumquats ripen" in dump(command(slack, "by Ada Lovelace"))
        assert command(slack, "about-me", GUEST).text.startswith("I know of nothing")


def test_forget_me_removes_after_a_confirmation_and_writes_a_receipt(database: ArchivePlace, tmp_path: Path):
    with open_place(database, tmp_path) as slack:
        ours = direct(slack, MEMBER)
        asked = command(slack, "forget-me")
        assert (asked.ephemeral_to, find_actions(asked)) == (MEMBER, [FORGET, KEEP])
        assert "*Talk*: 1 comment" in dump(asked)
        assert press(slack, asked, KEEP) == "Nothing was removed."
        assert "viaduct" in dump(command(slack, "kumquats ripen"))
        assert press(slack, command(slack, "forget-me"), FORGET).startswith("I am forgetting you.")
        receipt = ours.wait_for_post()
        assert receipt.text.startswith("You are forgotten, as you asked.\n")
        assert "*Talk*: 1 comment" in dump(receipt)
        found = dump(command(slack, "kumquats", ALAN))
        assert "viaduct" not in found
        assert "marmalade" in found
        slack.workspace.add_channel(PRIVATE, name="hidden", members=[ALAN, slack.bot_user_id], is_private=True)
        assert "sold" not in dump(command(slack, "gazebo", ALAN))
        assert command(slack, "about-me").text.startswith("I know of nothing")
        assert len(ours.settle()) == 1


def test_forget_me_waits_for_an_admin_where_that_is_set(database: ArchivePlace, tmp_path: Path):
    with open_place(database, tmp_path, HARKBACK_FORGET_NEEDS_APPROVAL="true", HARKBACK_ADMINS=ADMIN) as slack:
        ours, theirs = direct(slack, MEMBER), direct(slack, ADMIN)
        asked = command(slack, "forget-me")
        assert "An admin has to approve it." in dump(asked)
        assert press(slack, asked, FORGET).startswith("An admin has to approve this, and was asked.")
        request = theirs.wait_for_post()
        assert (request.text.split("\n")[0], find_actions(request)) == (
            "ada (member id U1) asks to be forgotten, for good.",
            [APPROVE, DECLINE],
        )
        # Asked again, the admin is not.
        assert press(slack, command(slack, "forget-me"), FORGET).startswith("An admin has to approve this")
        assert press(slack, request, DECLINE, ADMIN).endswith("root declined it. They were told.")
        assert ours.wait_for_post().text.startswith("You asked to be forgotten, and an admin declined it")
        assert "viaduct" in dump(command(slack, "kumquats ripen"))
        assert press(slack, command(slack, "forget-me"), FORGET).startswith("An admin has to approve this")
        again = theirs.wait_for_post(2)
        assert len(theirs.settle()) == 2
        assert press(slack, again, APPROVE, ADMIN).endswith("root approved it. It is being done.")
        assert ours.wait_for_post(2).text.startswith("You are forgotten, as you asked.\n")
        assert "viaduct" not in dump(command(slack, "kumquats ripen"))


def test_forget_me_is_decided_by_admins_alone(database: ArchivePlace, tmp_path: Path):
    with open_place(database, tmp_path, HARKBACK_FORGET_NEEDS_APPROVAL="true", HARKBACK_ADMINS=ADMIN) as slack:
        press(slack, command(slack, "forget-me"), FORGET)
        request = direct(slack, ADMIN).wait_for_post()
        elements = [one for block in request.blocks for one in block.get("elements", [])]
        (button,) = (one for one in elements if one.get("action_id") == APPROVE)
        container = {"type": "message", "channel_id": request.channel, "message_ts": request.ts}
        pressed = {"type": "block_actions", "actions": [button], "container": container}
        slack.send_interaction(pressed, user=GUEST).wait_acked()
        settle(slack)
        assert "viaduct" in dump(command(slack, "kumquats ripen"))
        assert press(slack, request, APPROVE, ADMIN).endswith("root approved it. It is being done.")


def test_forget_me_goes_on_after_a_restart(database: ArchivePlace, tmp_path: Path):
    with open_place(database, tmp_path):
        pass
    execute(
        database,
        "INSERT INTO removal_request (team, person, told, is_approved, asked_at) "
        "VALUES (:team, :person, '[[\"Talk\", 1]]', true, '2026-01-01 00:00:00.000000')",
        {"team": StandInSlack.team_id, "person": MEMBER},
    )
    with StandInSlack() as slack:
        fill_workspace(slack)
        with serving(database, make_slack_settings(slack), tmp_path / "second.log"):
            assert direct(slack, MEMBER).wait_for_post().text.startswith("You are forgotten, as you asked.\n")
            assert "viaduct" not in dump(command(slack, "kumquats ripen"))
