"""What every request passes before an endpoint sees it: headers, hosts, logins, slow clients."""
