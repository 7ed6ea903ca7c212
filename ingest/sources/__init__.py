"""Where the rows come from: CRM, CDP and USMAN."""
