"""Addresses of the desk."""

from django.urls import path

from sohoa.web.health import health

urlpatterns = [path("health", health, name="health")]
