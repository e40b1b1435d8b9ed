from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("procedures", "0002_a_change_is_told_to_each_audience"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="procedureleg",
            name="procedures_leg_has_a_length",
        ),
        migrations.AddConstraint(
            model_name="procedureleg",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("anchor", "start"), ("duration_minutes", None)),
                    models.Q(("duration_minutes__gt", 0), ("duration_minutes__isnull", False)),
                    _connector="OR",
                ),
                name="procedures_leg_has_a_length",
            ),
        ),
    ]
