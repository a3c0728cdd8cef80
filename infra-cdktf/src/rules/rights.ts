import { ROLES } from '../constructs/identities.ts';
import { placeOf, type StackResource, textsOf, type Violation, valueAt } from './stack-json.ts';

const RULE = 'least privilege';
const ALLOWED_ROLES: ReadonlySet<string> = new Set(Object.values(ROLES));

/** Rights are of the listed kinds and on one resource each; never on a group or a subscription. */
export function checkRights(resources: readonly StackResource[]): readonly Violation[] {
  return resources
    .filter(({ type }) => type === 'azurerm_role_assignment')
    .flatMap((resource) => {
      const role = String(resource.values['role_definition_name']);
      const scope = String(resource.values['scope']);
      const found: Violation[] = [];
      if (!ALLOWED_ROLES.has(role)) found.push(violation(resource, `gives the role ${role}`));
      const isWide =
        scope.includes('azurerm_resource_group.') ||
        scope.includes('azurerm_subscription') ||
        /^\/subscriptions\/[^/]+(\/resourceGroups\/[^/]+)?$/.test(scope);
      if (isWide) found.push(violation(resource, `is given on all of ${scope}`));
      return found;
    });
}

/** A pod's token is good for one account of one namespace. */
export function checkTrust(resources: readonly StackResource[]): readonly Violation[] {
  return resources
    .filter(({ type }) => type === 'azurerm_federated_identity_credential')
    .filter(({ values }) => {
      const subject = String(values['subject']);
      return !/^system:serviceaccount:[a-z-]+:[a-z-]+$/.test(subject);
    })
    .map((resource) => violation(resource, `trusts ${String(resource.values['subject'])}`));
}

interface SecurityRule {
  readonly name: string;
  readonly access: string;
  readonly direction: string;
  readonly priority: number;
  readonly source_address_prefix: string | null;
  readonly source_address_prefixes: readonly string[] | null;
}

/** Wherever nodes or endpoints are, what is not allowed is refused, and nothing is allowed to the world. */
export function checkSecurityRules(resources: readonly StackResource[]): readonly Violation[] {
  return resources
    .filter(({ type }) => type === 'azurerm_network_security_group')
    .flatMap((resource) => {
      const rules = (valueAt(resource.values, 'security_rule') ?? []) as readonly SecurityRule[];
      const inbound = rules.filter(({ direction }) => direction === 'Inbound');
      const found = inbound
        .filter(({ access }) => access === 'Allow')
        .filter((rule) => {
          const sources = [rule.source_address_prefix, ...(rule.source_address_prefixes ?? [])];
          return sources.some(
            (from) => from === '*' || from === 'Internet' || from === '0.0.0.0/0',
          );
        })
        .map(({ name }) => violation(resource, `the rule ${name} lets the whole world in`));
      const last = inbound.toSorted((a, b) => b.priority - a.priority)[0];
      if (last?.access !== 'Deny' || last.source_address_prefix !== '*') {
        found.push(violation(resource, 'does not refuse what no rule allows'));
      }
      return found;
    });
}

/** Names of settings that hold a secret themselves, in any resource. */
const SECRET_KEYS =
  /(?:^|\.|_)(?:password|client_secret|secret_value|access_key|primary_key|connection_string|sas_token|private_key)$/;
/** What secrets look like. */
const SECRET_TEXTS = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /\bAccountKey=[A-Za-z0-9+/=]{20,}/,
  /\bSharedAccessKey=/,
  /\bsig=[A-Za-z0-9%]{30,}/,
  /\b[0-9a-f]{64}\b/,
  /\bAKIA[0-9A-Z]{16}\b/,
  /"d":\s*"[A-Za-z0-9_-]{40,}"/,
  /:\/\/[^/\s:@$]+:[^/\s@$]+@/,
];

/** No secret stands in a stack, whose state others can read; none is made by one either. */
export function checkSecrets(resources: readonly StackResource[]): readonly Violation[] {
  return resources.flatMap((resource) => {
    const rule = 'no secret in plain';
    const where = placeOf(resource);
    if (resource.type === 'azurerm_key_vault_secret') {
      return [{ rule, where, what: 'a secret that a stack writes stands in its state' }];
    }
    return textsOf(resource.values)
      .filter(([path, text]) => SECRET_KEYS.test(path) || looksSecret(text))
      .map(([path]) => ({ rule, where, what: `${path} holds a secret` }));
  });
}

/** Whether a text is, or holds, something that only its owner may know. */
export function looksSecret(text: string): boolean {
  return SECRET_TEXTS.some((expression) => expression.test(text));
}

function violation(resource: StackResource, what: string): Violation {
  return { rule: RULE, where: placeOf(resource), what };
}
