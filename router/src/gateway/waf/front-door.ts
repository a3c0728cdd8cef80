import { WAF_RULES, type WafRule, type WafTarget } from './rules.ts';

/** A custom rule of a web application firewall policy of Azure Front Door. */
export interface FrontDoorRule {
  readonly name: string;
  readonly priority: number;
  readonly ruleType: 'MatchRule';
  readonly action: 'Block' | 'Log';
  readonly enabledState: 'Enabled';
  readonly matchConditions: readonly FrontDoorCondition[];
}

interface FrontDoorCondition {
  readonly matchVariable: 'RequestUri' | 'RequestHeader' | 'RequestBody';
  readonly selector?: string;
  readonly operator: 'RegEx';
  readonly negateCondition: false;
  readonly matchValue: readonly string[];
  readonly transforms: readonly ('UrlDecode' | 'Lowercase')[];
}

/** Azure's own limit of custom rules in one policy. */
export const FRONT_DOOR_RULES_MAX = 100;
const FIRST_PRIORITY = 100;

/** Path and query are one variable there. */
const VARIABLES: Readonly<
  Record<WafTarget, Pick<FrontDoorCondition, 'matchVariable' | 'selector'>>
> = {
  path: { matchVariable: 'RequestUri' },
  query: { matchVariable: 'RequestUri' },
  'user-agent': { matchVariable: 'RequestHeader', selector: 'User-Agent' },
  referer: { matchVariable: 'RequestHeader', selector: 'Referer' },
  body: { matchVariable: 'RequestBody' },
};

/**
 * The core rules as Front Door's custom rules, one for each rule and variable: conditions within one rule
 * would all have to hold.
 * @param action `Log` to watch them first
 */
export function toFrontDoorRules(
  action: FrontDoorRule['action'] = 'Block',
  rules: readonly WafRule[] = WAF_RULES,
): readonly FrontDoorRule[] {
  const exported: FrontDoorRule[] = [];
  for (const rule of rules) {
    for (const place of new Set(rule.targets.map((target) => JSON.stringify(VARIABLES[target])))) {
      const variable = JSON.parse(place) as Pick<FrontDoorCondition, 'matchVariable' | 'selector'>;
      exported.push({
        name: nameOf(rule.id, variable.selector ?? variable.matchVariable),
        priority: FIRST_PRIORITY + exported.length,
        ruleType: 'MatchRule',
        action,
        enabledState: 'Enabled',
        matchConditions: [
          {
            ...variable,
            operator: 'RegEx',
            negateCondition: false,
            matchValue: [withAnySpace(rule.pattern)],
            transforms: ['UrlDecode', 'Lowercase'],
          },
        ],
      });
    }
  }
  if (exported.length > FRONT_DOOR_RULES_MAX) {
    throw new RangeError(`${exported.length} rules are more than Front Door takes`);
  }
  return exported;
}

/** Names there are letters and digits. */
function nameOf(id: string, variable: string): string {
  const words = `${id}-${variable.replace(/^Request/, '')}`.split('-');
  return words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

/** Front Door makes no blank of several, and none of a plus: the expression has to take them as they come. */
export function withAnySpace(pattern: string): string {
  let result = '';
  let isInClass = false;
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i] as string;
    if (character === '\\') {
      result += character + (pattern[++i] ?? '');
      continue;
    }
    if (character === '[') isInClass = true;
    else if (character === ']') isInClass = false;
    if (character !== ' ') result += character;
    else if (isInClass) result += '\\s+';
    else if (pattern[i + 1] === '?') {
      result += '[\\s+]*';
      i++;
    } else result += '[\\s+]+';
  }
  return result;
}
