"""The notice to a host unit as a download: who may take it away, and with which link."""

from datetime import date

import pytest

from fieldvisits.models import HostLink, HostNotice
from tests.factories import make_notice, make_visit

from .test_notice_paper import everything


def test_the_head_downloads_the_notice_with_the_open_link(cast, sign_in):
    visit = make_visit(cast)
    made = make_notice(cast, visit)
    HostNotice.objects.filter(pk=made.pk).update(contact_phone="0912", number="7", dated=date(2026, 1, 4))
    link = HostLink.objects.issue(made, "answer", by=cast.head.powers)
    response = sign_in(cast.head).get(f"/notices/{made.pk}/paper/")
    assert response["Content-Type"].endswith("wordprocessingml.document")
    assert (
        response["Content-Disposition"]
        == 'attachment; filename="thai-nguyen_thong-bao_2026-quy-1_huyen-doan-dinh-hoa.docx"'
    )
    text = everything(response.content)
    for said in (
        "Nguyễn Văn An",
        "Huyện đoàn Định Hóa",
        "Lê Thị Chi",
        "0912",
        "quý I/2026",
        "Số: 7-TB/TĐTN-PT",
    ):
        assert said in text
    assert f"http://testserver{link.path}" in text
    assert "TRƯỞNG BAN" in text
    chat = sign_in(cast.head).get(f"/notices/{made.pk}/text/").content.decode()
    assert f"http://testserver{link.path}" in chat


def test_whoever_only_reads_the_notice_gets_it_without_the_units_link(cast, sign_in):
    made = make_notice(cast)
    link = HostLink.objects.issue(made, "answer", by=cast.head.powers)
    for who in (cast.officer, cast.member, cast.coordinator):
        client = sign_in(who)
        assert link.token not in everything(client.get(f"/notices/{made.pk}/paper/").content)
        assert link.token not in client.get(f"/notices/{made.pk}/text/").content.decode()


def test_a_withdrawn_or_ended_link_is_not_printed(cast, sign_in, now):
    made = make_notice(cast)
    link = HostLink.objects.issue(made, "answer", by=cast.head.powers)
    link.revoke(by=cast.head.powers)
    client = sign_in(cast.head)
    assert "/host/" not in everything(client.get(f"/notices/{made.pk}/paper/").content)
    HostLink.objects.issue(made, "answer", by=cast.head.powers)
    now.move_to("2026-01-22T00:00:00+07:00")
    client = sign_in(cast.head)
    assert "/host/" not in everything(client.get(f"/notices/{made.pk}/paper/").content)


@pytest.mark.parametrize(
    "who", ["colleague", "other_head", "executive", "administrator", "central", "strange_head"]
)
def test_the_paper_is_not_found_by_others(cast, sign_in, who):
    made = make_notice(cast)
    for rest in ("paper", "text"):
        assert sign_in(getattr(cast, who)).get(f"/notices/{made.pk}/{rest}/").status_code == 404
