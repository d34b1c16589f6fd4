"""My phone: what a desk or soft phone must be told so that it registers (DIAL-8, DIAL-9)."""
