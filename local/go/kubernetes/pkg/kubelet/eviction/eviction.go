// Package eviction takes the place of the kubelet's own package of this name, which has the kubelet's view of nodes and
// containers with it. The garbage collection of Pods asks it one question.
package eviction

import v1 "k8s.io/api/core/v1"

// Reason is what the kubelet gives for a Pod that it evicts.
const Reason = "Evicted"

func PodIsEvicted(status v1.PodStatus) bool {
	return status.Phase == v1.PodFailed && status.Reason == Reason
}
