//! Whom we are and how we get there: logins, proxies, certificates.
