"""Breakfast vouchers for couriers, riders and sanitation workers (生活大礼包)."""
