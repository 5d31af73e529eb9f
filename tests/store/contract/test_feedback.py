from dataclasses import replace

from store.archive import Archive
from store.domain.feedback import WHOLE, Feedback, Rated
from store.repositories.feedback import Judge
from tests.store.factories import make_comment, put_comments

ADA = Judge("T1", "UADA", '{"q": "wikis?"}')
BO = replace(ADA, person="UBO")
FIRST, SECOND = Rated("Harbour", "1"), Rated("Harbour", "2")


class TestOpinions:
    def test_judging_again_changes_ones_mind(self, archive: Archive):
        archive.opinions.judge_answer(ADA, is_helpful=True)
        archive.opinions.judge_answer(ADA, is_helpful=False)
        archive.opinions.judge_comment(ADA, FIRST, is_helpful=False)
        archive.opinions.judge_comment(ADA, FIRST, is_helpful=True)
        assert archive.opinions.read_own(ADA) == {WHOLE: False, FIRST: True}
        assert archive.opinions.read_own(BO) == {}

    def test_read_all_counts_people_by_question_and_comment(self, archive: Archive):
        other = replace(ADA, asked='{"q": "kettles?"}')
        archive.opinions.judge_answer(ADA, is_helpful=True)
        archive.opinions.judge_answer(BO, is_helpful=False)
        archive.opinions.judge_comment(BO, SECOND, is_helpful=True)
        archive.opinions.judge_comment(ADA, SECOND, is_helpful=True)
        archive.opinions.judge_answer(other, is_helpful=True)
        assert archive.opinions.read_all() == [
            Feedback(ADA.asked, WHOLE, False, 1, 1),  # noqa: FBT003
            Feedback(ADA.asked, SECOND, False, 2, 0),  # noqa: FBT003
            Feedback(other.asked, WHOLE, False, 1, 0),  # noqa: FBT003
        ]

    def test_question_is_public_where_somebody_asked_it_in_public(self, archive: Archive):
        archive.opinions.judge_answer(ADA, is_helpful=True)
        archive.opinions.judge_comment(ADA, FIRST, is_helpful=True)
        assert [one.is_public for one in archive.opinions.read_all()] == [False, False]
        archive.opinions.judge_answer(BO, is_helpful=True, channel="C1")
        archive.opinions.judge_comment(BO, SECOND, is_helpful=True)
        assert [(one.rated, one.is_public) for one in archive.opinions.read_all()] == [
            (WHOLE, True),
            (FIRST, False),
            (SECOND, True),
        ]

    def test_rated_comments_are_found_where_they_are_shown(self, archive: Archive):
        put_comments(
            archive,
            make_comment("1", thread="t1"),
            make_comment("2", thread="t2", channel="den", visibility="nobody"),
            make_comment("3", thread="t3"),
            make_comment("4", thread="t4"),
        )
        for native_id in ("1", "2", "3", "gone"):
            archive.opinions.judge_comment(ADA, Rated("Harbour", native_id), is_helpful=True)
        stored = {one.native_id: one for one in archive.read_comments(range(9)).values()}
        archive.hiding.hide(stored["3"].discussion_id, "UADA")
        everywhere = [one.channel_id for one in archive.searching.read_channels()]
        assert archive.opinions.find_rated(everywhere) == {FIRST, SECOND}
        assert archive.opinions.find_rated(everywhere[:1]) == {FIRST}

    def test_teams_are_apart(self, archive: Archive):
        archive.opinions.judge_answer(ADA, is_helpful=True)
        assert archive.opinions.read_own(replace(ADA, team="T2")) == {}
