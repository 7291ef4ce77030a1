"""What AWS would take for it: an estimate by a dated snapshot of prices, before anything is deployed or started."""
