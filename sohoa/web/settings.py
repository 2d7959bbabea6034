"""Django as the desk needs it. Today a skeleton: routing and a health page."""

from sohoa.config.django import *  # noqa: F403
from sohoa.config.settings import settings
from sohoa.web.secret import web_secret

SECRET_KEY = web_secret(settings().keys)
DEBUG = False
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
ROOT_URLCONF = "sohoa.web.urls"
MIDDLEWARE = ["django.middleware.security.SecurityMiddleware", "django.middleware.common.CommonMiddleware"]
