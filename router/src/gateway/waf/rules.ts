/**
 * The core rules of the firewall at the edge: what no honest request of this shop holds. It is a second
 * line: the cells check every input against its schema and never build SQL, HTML or commands from text.
 * So a rule has to be sure rather than thorough, and a doubtful sign is left to the cell.
 *
 * Expressions keep to what every engine understands and reads in linear time, Azure's firewall too: no
 * look-around, no back-reference, no nested repetition. They see text in lower case, with escapes decoded
 * and white space made single, and must fit text of any length.
 */
export interface WafRule {
  /** Stable; in the answer, the log and the metric. */
  readonly id: string;
  readonly about: string;
  readonly targets: readonly WafTarget[];
  readonly pattern: string;
}

/** Parts of a request that are looked at. */
export const WAF_TARGETS = ['path', 'query', 'user-agent', 'referer', 'body'] as const;
export type WafTarget = (typeof WAF_TARGETS)[number];

const ADDRESS: readonly WafTarget[] = ['path', 'query'];
const EVERYWHERE: readonly WafTarget[] = ['path', 'query', 'user-agent', 'referer', 'body'];
const INPUT: readonly WafTarget[] = ['path', 'query', 'body'];

export const WAF_RULES: readonly WafRule[] = Object.freeze([
  {
    id: 'sqli-union',
    about: 'SQL: a second query is joined on',
    targets: INPUT,
    pattern: 'union(?: all| distinct)?[ (]+select[ (*]',
  },
  {
    id: 'sqli-tautology',
    about: 'SQL: a condition that always holds, after a quote',
    targets: INPUT,
    pattern: `['"] ?\\)* ?(?:or|and|\\|\\|) ?\\(*(?:['"][0-9a-z_]*['"]|['"]?[0-9a-z_]+['"]?) ?(?:=|<=>|like|<|>) ?['"0-9a-z_]`,
  },
  {
    id: 'sqli-stacked',
    about: 'SQL: a second statement',
    targets: INPUT,
    pattern: `['")] ?; ?(?:drop|alter|truncate|insert into|delete from|update [a-z_.]+ set|create|grant|exec|shutdown)[ (]`,
  },
  {
    id: 'sqli-functions',
    about: 'SQL: functions that wait, read files or run programs',
    targets: INPUT,
    pattern:
      '(?:pg_sleep|benchmark|sleep|waitfor delay|xp_cmdshell|load_file|pg_read_file|lo_import|extractvalue|updatexml|utl_http[.]request) ?[(\'"]+ ?[0-9a-z\'"/]',
  },
  {
    id: 'sqli-schema',
    about: 'SQL: tables of the system',
    targets: INPUT,
    pattern:
      '(?:information_schema[.]|pg_catalog[.]|pg_shadow|sqlite_master|sys[.](?:objects|tables|databases))',
  },
  {
    id: 'sqli-comment',
    about: 'SQL: the rest of a statement is cut off after a quote',
    targets: ADDRESS,
    pattern: `['"] ?\\)* ?(?:--[ +-]|--$|/[*]|#$)`,
  },
  {
    id: 'xss-element',
    about: 'HTML: an element that runs scripts or loads them',
    targets: ['path', 'query', 'referer', 'user-agent'],
    pattern: '<[ /]?(?:script|iframe|object|embed|applet|svg|math|meta|base|link|style|form)[ />:]',
  },
  {
    id: 'xss-handler',
    about: 'HTML: an element with an event handler',
    targets: INPUT,
    pattern: '<[a-z!/][^>]{0,200}[ /"\']on[a-z]{3,24} ?=',
  },
  {
    id: 'xss-scheme',
    about: 'An address that is a program',
    targets: ADDRESS,
    pattern: '(?:^|[=("\' ,])(?:javascript|vbscript):|data:text/html',
  },
  {
    id: 'traversal',
    about: 'A way out of the folder',
    targets: [...INPUT, 'referer'],
    pattern: '(?:^|[=/\\\\&;])[.][.]+[/\\\\](?:[.][.]|[a-z0-9_.~-])',
  },
  {
    id: 'traversal-file',
    about: 'Files of the system, or of how a site was made',
    targets: ADDRESS,
    pattern:
      '(?:/etc/(?:passwd|shadow|hosts|group)|/proc/self/|c:[/\\\\]windows|win[.]ini|boot[.]ini|/[.](?:git|svn|env|aws|ssh|htaccess|htpasswd|ds_store)(?:[/.?]|$)|wp-(?:admin|login|config|includes)|phpmyadmin|/cgi-bin/)',
  },
  {
    id: 'inclusion',
    about: 'A file of elsewhere to be run',
    targets: INPUT,
    pattern: '(?:php|phar|zip|expect|gopher|dict|jar|ldap|netdoc):/?/|data:[a-z/+-]*;base64,pd9w',
  },
  {
    id: 'expression-lookup',
    about: 'Expressions that loggers and templates run',
    targets: EVERYWHERE,
    pattern:
      '[$][{](?:jndi|env|lower|upper|sys|java|date|ctx|::-|script|url|dns)[:.]|[$][{][^}]{0,20}[$][{]|[#%][{][^}]{0,60}(?:runtime|processbuilder|getclass|ognl)',
  },
  {
    id: 'command',
    about: 'A command of a shell after a separator',
    targets: INPUT,
    pattern:
      '(?:[;|`]|&&|[$][(]|%0a) ?(?:/bin/|/usr/bin/)?(?:bash|sh|zsh|cmd|powershell|wget|curl|nc|ncat|python[23]?|perl|ruby|whoami|id|uname|cat|ping)(?:[.]exe)?(?: -| /|`|[)]|;|[|]|[$][{]ifs| http)',
  },
  {
    id: 'code-runtime',
    about: 'Objects and code of a runtime',
    targets: INPUT,
    pattern:
      '(?:__proto__|constructor[.\\[]["\']?prototype)["\'\\].]* ?(?:[=:\\[]|[a-z_]+ ?=)|ro0ab[xq]|o:[0-9]{1,3}:"[a-z_\\\\]+":[0-9]+:[{]|child_process|java[.]lang[.]|<[?]php',
  },
  {
    id: 'xml-entity',
    about: 'XML: entities of a document type',
    targets: INPUT,
    pattern: '<!(?:doctype|entity)[ %][^>]{0,200}(?:system|public|entity)[ ]',
  },
  {
    id: 'header-injection',
    about: 'A line break that begins a header',
    targets: ['query'],
    pattern:
      '(?:\\r|\\n|%0d|%0a) ?(?:set-cookie|location|content-(?:type|length)|transfer-encoding|host|http/1) ?[:.]',
  },
  {
    id: 'scanner',
    about: 'Programs that look for holes, by the name that they give',
    targets: ['user-agent'],
    pattern:
      '(?:sqlmap|nikto|nessus|acunetix|openvas|nuclei|masscan|zgrab|dirbuster|gobuster|feroxbuster|wpscan|arachni|w3af|havij|fimap|jorgee)',
  },
]);
