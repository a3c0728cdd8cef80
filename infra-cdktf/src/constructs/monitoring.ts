import { ApplicationInsights } from '@cdktf/provider-azurerm/lib/application-insights/index.js';
import { LogAnalyticsWorkspace } from '@cdktf/provider-azurerm/lib/log-analytics-workspace/index.js';
import { MonitorActionGroup } from '@cdktf/provider-azurerm/lib/monitor-action-group/index.js';
import { MonitorAlertPrometheusRuleGroup } from '@cdktf/provider-azurerm/lib/monitor-alert-prometheus-rule-group/index.js';
import { MonitorDataCollectionEndpoint } from '@cdktf/provider-azurerm/lib/monitor-data-collection-endpoint/index.js';
import { MonitorDataCollectionRule } from '@cdktf/provider-azurerm/lib/monitor-data-collection-rule/index.js';
import { MonitorDataCollectionRuleAssociation } from '@cdktf/provider-azurerm/lib/monitor-data-collection-rule-association/index.js';
import { MonitorDiagnosticSetting } from '@cdktf/provider-azurerm/lib/monitor-diagnostic-setting/index.js';
import { MonitorPrivateLinkScope } from '@cdktf/provider-azurerm/lib/monitor-private-link-scope/index.js';
import { MonitorPrivateLinkScopedService } from '@cdktf/provider-azurerm/lib/monitor-private-link-scoped-service/index.js';
import { MonitorWorkspace } from '@cdktf/provider-azurerm/lib/monitor-workspace/index.js';
import { PortalDashboard } from '@cdktf/provider-azurerm/lib/portal-dashboard/index.js';
import type { AlertRule } from '../slo/objectives.ts';
import { dashboard } from './dashboard.ts';
import type { PrivateLinks } from './private-links.ts';
import type { Site } from './site.ts';

export interface Monitoring {
  readonly logsId: string;
  readonly metricsId: string;
  /** Where the metrics are asked for. */
  readonly metricsQueryUrl: string;
  /** Lets the cluster's metrics flow into the workspace. */
  collect(clusterId: string): void;
  /** Keeps a resource's own log: who read which secret, who changed what. */
  audit(name: string, resource: string, categoryGroup: 'allLogs' | 'audit'): void;
}

/**
 * Logs, traces and metrics of a unit, in its own region and jurisdiction, so that they are there when the unit
 * is not. They come in by private addresses.
 */
export function createMonitoring(
  site: Site,
  links: PrivateLinks,
  alerts: readonly AlertRule[],
): Monitoring {
  const { stack, unit, resourceGroup, location } = site;
  const logs = createLogs(site);
  const metrics = new MonitorWorkspace(stack, 'metrics', {
    name: `metrics-${unit.names.base}`,
    resourceGroupName: resourceGroup,
    location,
    publicNetworkAccessEnabled: false,
  });
  links.connect('metrics', 'metrics', metrics.id);
  const endpoint = new MonitorDataCollectionEndpoint(stack, 'collection', {
    name: `dce-${unit.names.base}`,
    resourceGroupName: resourceGroup,
    location,
    kind: 'Linux',
    publicNetworkAccessEnabled: false,
  });
  closePublicWays(site, links, { logs: logs.id, insights: logs.insightsId, endpoint: endpoint.id });
  createAlerts(site, metrics.id, alerts);
  new PortalDashboard(stack, 'dashboard', {
    name: `dash-${unit.names.base}`,
    resourceGroupName: resourceGroup,
    location,
    dashboardProperties: dashboard(unit.id, metrics.id, alerts),
  });

  return Object.freeze({
    logsId: logs.id,
    metricsId: metrics.id,
    metricsQueryUrl: metrics.queryEndpoint,
    collect(clusterId: string): void {
      collectMetrics(site, { endpoint: endpoint.id, metrics: metrics.id, cluster: clusterId });
    },
    audit(name: string, resource: string, categoryGroup: 'allLogs' | 'audit'): void {
      new MonitorDiagnosticSetting(stack, `audit-${name}`, {
        name: 'to-own-logs',
        targetResourceId: resource,
        logAnalyticsWorkspaceId: logs.id,
        enabledLog: [{ categoryGroup }],
      });
    },
  });
}

function createLogs({ stack, unit, resourceGroup, location }: Site) {
  const logs = new LogAnalyticsWorkspace(stack, 'logs', {
    name: unit.names.logs,
    resourceGroupName: resourceGroup,
    location,
    sku: 'PerGB2018',
    retentionInDays: unit.environment.sizes.logRetentionDays,
    localAuthenticationEnabled: false,
    internetIngestionEnabled: false,
    internetQueryEnabled: false,
  });
  const insights = new ApplicationInsights(stack, 'insights', {
    name: `appi-${unit.names.base}`,
    resourceGroupName: resourceGroup,
    location,
    workspaceId: logs.id,
    applicationType: 'Node.JS',
    localAuthenticationDisabled: true,
    internetIngestionEnabled: false,
    internetQueryEnabled: false,
    // Addresses of callers are personal data.
    disableIpMasking: false,
  });
  return { id: logs.id, insightsId: insights.id };
}

function closePublicWays(
  { stack, unit, resourceGroup }: Site,
  links: PrivateLinks,
  services: Readonly<Record<string, string>>,
): void {
  const scope = new MonitorPrivateLinkScope(stack, 'monitor-scope', {
    name: `ampls-${unit.names.base}`,
    resourceGroupName: resourceGroup,
    ingestionAccessMode: 'PrivateOnly',
    queryAccessMode: 'PrivateOnly',
  });
  for (const [name, id] of Object.entries(services)) {
    new MonitorPrivateLinkScopedService(stack, `monitor-scope-${name}`, {
      name,
      resourceGroupName: resourceGroup,
      scopeName: scope.name,
      linkedResourceId: id,
    });
  }
  links.connect('monitor', 'monitor', scope.id);
}

function collectMetrics(
  { stack, unit, resourceGroup, location }: Site,
  ids: { readonly endpoint: string; readonly metrics: string; readonly cluster: string },
): void {
  const rule = new MonitorDataCollectionRule(stack, 'collection-metrics', {
    name: `dcr-${unit.names.base}-metrics`,
    resourceGroupName: resourceGroup,
    location,
    kind: 'Linux',
    dataCollectionEndpointId: ids.endpoint,
    dataSources: {
      prometheusForwarder: [{ name: 'pods', streams: ['Microsoft-PrometheusMetrics'] }],
    },
    destinations: { monitorAccount: [{ name: 'metrics', monitorAccountId: ids.metrics }] },
    dataFlow: [{ streams: ['Microsoft-PrometheusMetrics'], destinations: ['metrics'] }],
  });
  new MonitorDataCollectionRuleAssociation(stack, 'collection-metrics-cluster', {
    name: 'metrics',
    targetResourceId: ids.cluster,
    dataCollectionRuleId: rule.id,
  });
  new MonitorDataCollectionRuleAssociation(stack, 'collection-endpoint-cluster', {
    targetResourceId: ids.cluster,
    dataCollectionEndpointId: ids.endpoint,
  });
}

function createAlerts(
  { stack, unit, resourceGroup, location }: Site,
  metricsId: string,
  alerts: readonly AlertRule[],
): void {
  const operators = new MonitorActionGroup(stack, 'operators', {
    name: `operators-${unit.names.base}`,
    shortName: 'operators',
    resourceGroupName: resourceGroup,
    location: 'global',
    emailReceiver: [
      {
        name: 'operators',
        emailAddress: unit.environment.operatorsEmail,
        useCommonAlertSchema: true,
      },
    ],
  });
  new MonitorAlertPrometheusRuleGroup(stack, 'alerts', {
    name: `alerts-${unit.names.base}`,
    resourceGroupName: resourceGroup,
    location,
    clusterName: unit.names.cluster,
    interval: 'PT1M',
    ruleGroupEnabled: true,
    scopes: [metricsId],
    rule: alerts.map((alert) => ({
      alert: alert.name,
      expression: alert.expression,
      for: alert.holds,
      severity: alert.severity,
      enabled: true,
      annotations: { summary: alert.summary, runbook: `runbooks/${alert.runbook}` },
      labels: { unit: unit.id, jurisdiction: unit.jurisdiction },
      action: [{ actionGroupId: operators.id }],
      alertResolution: { autoResolved: true, timeToResolve: 'PT10M' },
    })),
  });
}
