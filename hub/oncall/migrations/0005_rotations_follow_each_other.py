import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("oncall", "0004_rotations_in_layers")]

    operations = [
        migrations.RemoveField(model_name="rotation", name="schedule"),
        migrations.AlterField(
            model_name="rotation",
            name="layer",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="rotations", to="oncall.layer"
            ),
        ),
        migrations.AlterField(model_name="rotation", name="effective_from", field=models.DateTimeField()),
        migrations.AlterField(
            model_name="rotation",
            name="time_zone",
            field=models.CharField(help_text="IANA name; hand-overs happen at this zone's local time", max_length=64),
        ),
        migrations.AlterModelOptions(name="rotation", options={"ordering": ("layer", "effective_from")}),
        migrations.AddConstraint(
            model_name="rotation",
            constraint=models.UniqueConstraint(fields=("layer", "effective_from"), name="rotation_once_a_moment"),
        ),
    ]
