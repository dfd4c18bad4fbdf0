import django.utils.timezone
from django.db import migrations, models
from django.db.models import F


def fill(apps, schema_editor):
    """Who is registered applied at the latest on that day; who still waits, today."""
    rows = apps.get_model("volunteers", "Volunteer").objects
    rows.exclude(started_on=None).update(applied_on=F("started_on"))


class Migration(migrations.Migration):
    dependencies = [("volunteers", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="volunteer",
            name="applied_on",
            field=models.DateField(
                default=django.utils.timezone.localdate, editable=False, verbose_name="申请日期"
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
