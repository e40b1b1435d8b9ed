from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("procedures", "0001_initial"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="protocolnotice",
            name="procedures_one_text_for_each_kind_of_change",
        ),
        migrations.AddConstraint(
            model_name="protocolnotice",
            constraint=models.UniqueConstraint(
                models.F("protocol"),
                models.F("trigger"),
                models.F("audiences"),
                condition=models.Q(("trigger", "scheduled"), _negated=True),
                name="procedures_one_text_for_each_kind_of_change",
            ),
        ),
    ]
