"""The configuration a telephony admin deploys, as templates."""
