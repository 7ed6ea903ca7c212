{# The tables that the loader fills after the models are built, so that the
   reconciliation views over them exist, empty, from the first build on. #}
{% macro create_readback_tables() %}
    create schema if not exists readback;
    create table if not exists readback.activity_logs (
        external_id varchar,
        audit_id bigint,
        category varchar,
        action varchar,
        created_at timestamp,
        stored_hash varchar,
        actual_hash varchar,
        expected_hash varchar
    );
    alter table readback.activity_logs add column if not exists job_id varchar;
    alter table readback.activity_logs add column if not exists written_id varchar;
    create table if not exists readback.jobs (
        job_id varchar,
        written_count bigint,
        last_audit_id bigint,
        is_same_mapping boolean,
        is_same_reader boolean,
        is_same_rules boolean
    );
    alter table readback.jobs add column if not exists is_same_naming boolean;
    create table if not exists readback.denied_fields (
        external_id varchar,
        field varchar
    );
    create table if not exists readback.expected_hashes (
        audit_id bigint,
        external_id varchar,
        row_hash ubigint,
        content_hash varchar
    );
    create table if not exists readback.load_failures (
        audit_id bigint,
        reason varchar,
        message varchar
    );
    create table if not exists readback.source_counts (
        counted_at timestamp,
        source_count bigint,
        mongo_count bigint
    );
    create table if not exists readback.field_differences (
        external_id varchar,
        field varchar,
        expected varchar,
        actual varchar
    );
    create table if not exists readback.sample_differences (
        audit_id bigint,
        external_id varchar,
        field varchar,
        expected varchar,
        actual varchar
    );
{% endmacro %}
