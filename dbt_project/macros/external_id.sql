{% macro external_id(audit_id) -%} 'crm_audit_' || {{ audit_id }} {%- endmacro %}
