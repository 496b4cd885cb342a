"""What people type: one module per object."""
