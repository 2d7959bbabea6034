"""Is the desk alive, and does its catalogue answer?"""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse

import sohoa


def health(request: HttpRequest) -> JsonResponse:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return JsonResponse({"status": "unreachable", "what": "catalogue", "version": sohoa.__version__}, status=503)
    return JsonResponse({"status": "ok", "version": sohoa.__version__})
