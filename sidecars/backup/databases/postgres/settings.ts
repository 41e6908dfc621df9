// those that hold a name each for many, as the server keeps them: written as they are
const lists = "'local_preload_libraries', 'search_path', 'session_preload_libraries', 'temp_tablespaces'";

/** A part of a FROM clause: the settings of a row s of pg_db_role_setting, as c with their names and values. */
export const namedSettings = `
  cross join lateral (
    select pg_catalog.split_part(config, '=', 1) as name, pg_catalog.substr(config, pg_catalog.strpos(config, '=') + 1) as value
    from pg_catalog.unnest(s.setconfig) as u (config)) c`;

/** A setting of {@link namedSettings} as SET takes it: `work_mem TO '64MB'`. */
export const settingText = `
  pg_catalog.format('%s TO %s',
    (select pg_catalog.string_agg(pg_catalog.quote_ident(part), '.' order by place)
       from pg_catalog.unnest(pg_catalog.string_to_array(c.name, '.')) with ordinality as p (part, place)),
    case when c.name in (${lists}) then c.value else pg_catalog.quote_literal(c.value) end)`;
