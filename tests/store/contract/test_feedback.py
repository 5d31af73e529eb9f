from dataclasses import replace

from store.archive import Archive
from store.domain.feedback import WHOLE, Feedback, Rated
from store.repositories.feedback import Judge

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

    def test_teams_are_apart(self, archive: Archive):
        archive.opinions.judge_answer(ADA, is_helpful=True)
        assert archive.opinions.read_own(replace(ADA, team="T2")) == {}
