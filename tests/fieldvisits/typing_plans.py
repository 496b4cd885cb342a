"""What a browser posts for a line of a plan, for the tests of its pages."""

from django.urls import reverse

HTMX = {"HX-Request": "true"}


def typed(line, **more):
    """What the browser posts for a line that was not touched, with ``more`` typed over it."""
    values = {
        "starts": line.starts.strftime("%d/%m/%Y") if line.starts else "",
        "ends": line.ends.strftime("%d/%m/%Y") if line.ends else "",
        "unit": line.unit_id or "",
        "group": line.group or "",
        "content": line.content,
        "expected": line.expected,
        "companions": [person.pk for person in line.companions.all()],
        "note": line.note,
        "revision": line.revision,
    }
    return values | more


def save(client, line, headers=HTMX, **more):
    return client.post(reverse("line-save", args=[line.pk]), typed(line, **more), headers=headers)


def page(client, plan):
    response = client.get(reverse("plan-detail", args=[plan.pk]))
    assert response.status_code == 200
    return response.content.decode()
