"""What people meet: one module per object. Fetch what is visible, form, one domain call, message, redirect."""
