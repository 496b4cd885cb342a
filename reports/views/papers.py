"""Official papers to download: who may read what a paper says may have it on paper."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.text import slugify
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import clock
from accounts.text import fold
from fieldvisits.models import HostNotice, Purpose
from fieldvisits.pages.department_papers import head_of, name_of
from fieldvisits.pages.notices import NoticeSheet

from ..papers import notice as notices
from ..papers.form import CONTENT_TYPE
from ..papers.notice import NoticeFacts, NoticeRow


def _notice_for(request: HttpRequest, pk: int) -> HostNotice:
    visible = HostNotice.objects.visible_to(request.user).select_related(
        "quarter__province", "department", "unit", "contact", "composed_by"
    )
    notice = get_object_or_404(visible.prefetch_related("department__former_names"), pk=pk)
    request.quarter = notice.quarter
    return notice


def facts_of(notice: HostNotice, request: HttpRequest) -> NoticeFacts:
    """What the letter says. The link of the unit is only in what its department's leaders take away: it answers in the unit's
    name."""
    sheet = NoticeSheet(notice, request.user)
    link = sheet.link_for(Purpose.ANSWER) if sheet.leads else None
    head = head_of(notice.department)
    lines = sheet.letter
    first = min(line.starts for line in lines)
    with override("vi"):
        return NoticeFacts(
            province=notice.quarter.province.name,
            document_code=notice.quarter.province.document_code,
            department=name_of(notice.department, notice.quarter),
            unit=notice.unit.name,
            quarter=str(notice.quarter),
            rows=tuple(
                NoticeRow(
                    line.visit.officer.full_name,
                    line.visit.officer.post,
                    line.starts,
                    line.ends,
                    line.visit.get_group_display(),
                    line.visit.content,
                    ", ".join(str(person) for person in line.visit.companions.all()),
                )
                for line in lines
            ),
            contact=notice.contact.full_name,
            contact_phone=notice.contact_phone,
            note=notice.note,
            link=request.build_absolute_uri(link.path) if link and link.is_open else None,
            signer=(head or notice.composed_by).full_name,
            signer_is_deputy=head is None,
            legal_basis=tuple(notice.quarter.rule.legal_basis.splitlines()),
            answer_by=first if first > clock.today() else None,
            number=notice.number,
            day=notice.dated,
        )


@never_cache
@require_safe
def notice_paper(request: HttpRequest, pk: int) -> HttpResponse:
    """The letter to a host unit as a Word document."""
    notice = _notice_for(request, pk)
    response = HttpResponse(notices.notice(facts_of(notice, request)), content_type=CONTENT_TYPE)
    name = slugify(fold(notice.unit.name))[:80] or "don-vi"
    response["Content-Disposition"] = f'attachment; filename="thong-bao-{name}.docx"'
    return response


@never_cache
@require_safe
def notice_text(request: HttpRequest, pk: int) -> HttpResponse:
    """The letter as a short text to paste into a chat."""
    notice = _notice_for(request, pk)
    context = {"notice": notice, "text": notices.chat_text(facts_of(notice, request))}
    return render(request, "notices/text.html", context)
