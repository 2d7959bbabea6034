from django.apps import AppConfig


class Pipeline(AppConfig):
    name = "sohoa.pipeline"
    label = "pipeline"
    default_auto_field = "django.db.models.BigAutoField"
