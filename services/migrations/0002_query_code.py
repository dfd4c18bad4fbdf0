from django.db import migrations, models

from practice_portal.lib.codes import new_code


def fill(apps, schema_editor):
    """Every demand that is there already gets its own code."""
    Demand = apps.get_model("services", "Demand")
    known = set()
    changed = []
    for demand in Demand.objects.only("pk").order_by("pk").iterator(2000):
        while (code := new_code()) in known:
            pass
        known.add(code)
        demand.code = code
        changed.append(demand)
    Demand.objects.bulk_update(changed, ["code"], batch_size=500)


class Migration(migrations.Migration):
    dependencies = [("services", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="demand",
            name="contact_deleted_on",
            field=models.DateField(
                blank=True, editable=False, null=True, verbose_name="资料删除日期"
            ),
        ),
        migrations.AddField(
            model_name="demand",
            name="code",
            field=models.CharField(editable=False, max_length=8, null=True),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="demand",
            name="code",
            field=models.CharField(
                default=new_code,
                editable=False,
                max_length=8,
                unique=True,
                verbose_name="查询码",
            ),
        ),
    ]
