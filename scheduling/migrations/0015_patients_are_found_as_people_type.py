"""
Patients are found by what people type: an index of words, which the database itself keeps.

The function spells words as `scheduling.likeness.seeking` does. It reads no table and no setting, so that an index may
rest on it.
"""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
from django.db import migrations, models

FUNCTION = r"""
CREATE FUNCTION scheduling_found_by(given text, family text, identifier text, phone text) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT COST 1000 AS $function$
DECLARE
    inside CONSTANT text := E'-\u2010\u2011\u2013\u2019\u2018\u02bc\u00b4''`.';
    spelled text := lower(normalize(given || ' ' || family || ' ' || identifier, NFC));
BEGIN
    IF octet_length(spelled) > length(spelled) THEN
        spelled := spelled || ' ' || replace(replace(replace(replace(replace(spelled,
            'ä', 'ae'), 'ö', 'oe'), 'ü', 'ue'), 'ø', 'oe'), 'å', 'aa');
        spelled := replace(replace(replace(replace(translate(spelled, 'łøđðı', 'loddi'),
            'þ', 'th'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe');
        spelled := regexp_replace(normalize(spelled, NFKD), E'[\u0300-\u036f]', '', 'g');
    END IF;
    spelled := translate(spelled, E',;:/()"_\t', '         ');
    spelled := translate(spelled, inside, repeat(' ', length(inside))) || ' ' || translate(spelled, inside, '');
    FOR place IN 2 .. length(phone) - 2 LOOP
        spelled := spelled || ' +' || substr(phone, place);
    END LOOP;
    RETURN array_to_tsvector(array_remove(string_to_array(spelled, ' '), ''));
END
$function$
"""


class Migration(migrations.Migration):
    dependencies = [
        ("scheduling", "0014_what_is_taken_is_read_from_an_index"),
    ]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION scheduling_found_by(text, text, text, text)"),
        migrations.AddIndex(
            model_name="patient",
            index=django.contrib.postgres.indexes.GinIndex(
                models.Func(
                    models.F("given_name"),
                    models.F("family_name"),
                    models.F("identifier"),
                    models.F("phone"),
                    function="scheduling_found_by",
                    output_field=django.contrib.postgres.search.SearchVectorField(),
                ),
                name="scheduling_patient_found_by",
            ),
        ),
    ]
