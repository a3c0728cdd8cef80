/**
 * Customers: who a customer is to the shop (email to write to, name, language).
 *
 * Owns the table `customers`. It refuses to know how a customer signs in, which is identity's, and
 * what a customer bought, which is the orders module's.
 *
 * Invariants: a row lies in the partition that its id names; the email is normalised; a customer has
 * exactly one account in identity, written and removed in the same unit of work (`flows/sign-up`).
 */
export { registerCustomerRoutes } from './routes.ts';
export { CustomerLanguage, CustomerName, CustomerView } from './schema.ts';
export { createCustomers, type Customers, viewCustomer } from './service.ts';
export type { CustomerId } from './store.ts';
export { customersTable } from './tables.ts';
