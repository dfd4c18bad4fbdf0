"""Is the portal well? /healthz says yes or no to anybody, and what is wrong to whoever may know."""

import logging
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from django.conf import settings
from django.core.cache import caches
from django.core.exceptions import DisallowedHost
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import JsonResponse
from django.utils.crypto import get_random_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from practice_portal.lib.proxies import parse_address
from practice_portal.nightly import trouble

logger = logging.getLogger(__name__)

PATH = "/healthz"
MIN_FREE_BYTES = 200 * 1024 * 1024


class Unwell(Exception):
    """What is wrong, in a sentence for staff."""


def database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


@cache
def _migrations_on_disk() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None).disk_migrations)


def migrations() -> None:
    missing = _migrations_on_disk() - set(MigrationRecorder(connection).applied_migrations())
    if missing:
        raise Unwell(f"还有{len(missing)}个数据库升级没有执行，请运行 python manage.py migrate。")


def shared_cache() -> None:
    word = get_random_string(12)
    caches["default"].set("healthz", word, timeout=60)
    # Two probes at once read each other's word; nothing at all is what a broken cache answers.
    if not caches["default"].get("healthz"):
        raise Unwell(
            "缓存写进去读不出来，请检查缓存服务，或运行 python manage.py createcachetable。"
        )


def disk() -> None:
    free = shutil.disk_usage(settings.DATA_DIR).free
    if free < MIN_FREE_BYTES:
        raise Unwell(f"磁盘只剩{free // 1024 // 1024}MB，请清理或扩容。")


def media() -> None:
    Path(settings.MEDIA_ROOT).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=settings.MEDIA_ROOT) as file:
        file.write(b"healthz")


def nights() -> None:
    if notice := trouble():
        raise Unwell(notice.text)


#: What is looked at, and the sentence for when looking itself fails. A new check adds its line.
CHECKS: dict[str, tuple[Callable[[], None], str]] = {
    "database": (database, "连不上数据库，请检查数据库是否在运行。"),
    "migrations": (migrations, "读不到数据库的升级记录，请先检查数据库。"),
    "cache": (
        shared_cache,
        "缓存不能用，请检查缓存服务，或运行 python manage.py createcachetable。",
    ),
    "disk": (disk, "读不到磁盘空间，请检查数据目录是否还在。"),
    "media": (media, "图片目录不能写，请检查目录的权限和磁盘。"),
    "nights": (nights, "读不到夜间任务的记录，请先检查数据库。"),
}


def look() -> dict[str, str]:
    """Every check with 正常, or with what is wrong; one that breaks does not stop the rest."""
    found = {}
    for name, (check, sentence) in CHECKS.items():
        try:
            check()
            found[name] = "正常"
        except Unwell as problem:
            found[name] = str(problem)
        except Exception:
            logger.exception("health check failed: %s", name)
            found[name] = sentence
    return found


def may_know(request) -> bool:
    """Staff, and whoever sits at the machine itself; not what a proxy on it passes on."""
    address = parse_address(request.META.get("REMOTE_ADDR", ""))
    if address is not None and address.is_loopback and not request.was_forwarded:
        return True
    try:
        user = getattr(request, "user", None)
        return user is not None and user.is_active and user.is_staff
    except DatabaseError:
        return False  # nobody can be recognised now


@never_cache
@require_safe
def healthz(request):
    found = look()
    is_well = set(found.values()) == {"正常"}
    answer = {"ok": is_well}
    if may_know(request):
        answer["checks"] = found
    return JsonResponse(
        answer, status=200 if is_well else 503, json_dumps_params={"ensure_ascii": False}
    )


class ProbeMiddleware:
    """A probe calls by address, which is no allowed host; it is answered all the same.

    Nothing of the answer is made from the host. Every other page is still refused.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.path_info == PATH:
            try:
                request.get_host()
            except DisallowedHost:
                return healthz(request)
        return self.get_response(request)
