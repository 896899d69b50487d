"""Forms: the shape of what comes in. What the world allows is the actions' business."""
