{# A folder's schema is used as it is named, not behind the target's; in the lake, which
   holds many accounts, behind the account's name. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ (env_var("LAKE_ACCOUNT") | replace("-", "_") ~ "_") if target.name == "lake" }}
    {{- custom_schema_name or target.schema }}
{%- endmacro %}
