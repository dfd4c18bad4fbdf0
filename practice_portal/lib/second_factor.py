"""The second factor (动态码): a code of six digits from an app on the phone (TOTP).

Only where the deployment says SECOND_FACTOR=optional, and only for whoever has set it up.
"""

from base64 import b32encode
from binascii import unhexlify

from django.conf import settings
from django.db import transaction
from django.utils.safestring import SafeString
from django_otp import verify_token
from django_otp.plugins.otp_totp.models import TOTPDevice
from django_otp.util import random_hex

from practice_portal.lib.qr import qr_svg


def is_offered() -> bool:
    return settings.SECOND_FACTOR == "optional"


def devices_of(user):
    return TOTPDevice.objects.devices_for_user(user, confirmed=True)


def is_set_up(user) -> bool:
    return is_offered() and devices_of(user).exists()


def accepts(user, code: str) -> bool:
    """Whether a code opens the door, once; where nothing is set up any code does, or none."""
    if not is_offered():
        return True
    device = devices_of(user).first()
    if device is None:
        return True
    # A wrong code makes the device wait, ever longer; one that was forgotten is not a wrong one.
    return bool(code) and verify_token(user, device.persistent_id, code) is not None


def new_key() -> str:
    return random_hex(20)


def _device(user, key: str) -> TOTPDevice:
    return TOTPDevice(user=user, key=key, name="动态码")


def set_up(user, key: str, code: str) -> bool:
    """Make it the person's second factor, if the phone shows the right code already."""
    with transaction.atomic():
        devices_of(user).delete()
        device = _device(user, key)
        device.save()
        if not device.verify_token(code):
            transaction.set_rollback(True)
            return False
    return True


def remove(user) -> None:
    TOTPDevice.objects.devices_for_user(user).delete()


def secret_as_text(key: str) -> str:
    """In groups of four, as people copy it: JBSW Y3DP EHPK 3PXP."""
    text = b32encode(unhexlify(key)).decode()
    return " ".join(text[start : start + 4] for start in range(0, len(text), 4))


def qr_of_secret(user, key: str) -> SafeString:
    return qr_svg(_device(user, key).config_url)
