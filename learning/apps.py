from django.apps import AppConfig


class LearningConfig(AppConfig):
    name = "learning"
    verbose_name = "② 学什么"
