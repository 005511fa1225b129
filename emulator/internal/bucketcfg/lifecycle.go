package bucketcfg

import (
	"errors"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
)

const (
	maxLifecycleRules = 1000
	maxRuleID         = 255 // characters (COS docs: PUT Bucket lifecycle)
	maxTransitions    = 10
)

// CheckLifecycle checks the form of a lifecycle configuration. cosemu does not
// execute one.
func CheckLifecycle(doc []byte) *coserr.Error {
	n, err := read(doc, lifecycleShape())
	if err != nil {
		return err
	}
	return uniqueIDs(n)
}

// uniqueIDs refuses two rules with the same ID. Several may have none.
func uniqueIDs(n *node) *coserr.Error {
	seen := make(map[string]bool, len(n.kids))
	for i := range n.kids {
		id := n.kids[i].kid("ID")
		if id != "" && seen[id] {
			return malformed(errors.New("two rules have the same ID"))
		}
		seen[id] = true
	}
	return nil
}

func lifecycleShape() *shape {
	tags := some(0, MaxBucketTags, "Tag", one("Key", nil), one("Value", nil))
	id := option("ID", func(s string) bool { return len(s) <= maxRuleID })
	// Some are on no page, but in cos-go-sdk-v5 bucket_lifecycle.go.
	access := some(0, 1, "AccessFrequency", option("AccessCountLessThan", digits), option("RecentDays", digits))
	and := some(0, 1, "And", option("Prefix", nil), tags, option("PrefixNotEquals", nil),
		option("ObjectSizeGreaterThan", nil), option("ObjectSizeLessThan", nil))
	rule := some(1, maxLifecycleRules, "Rule",
		id,
		some(0, 1, "Filter", option("Prefix", nil), tags, and),
		option("Prefix", nil),
		one("Status", oneOf("Enabled", "Disabled")),
		some(0, maxTransitions, "Transition", option("Days", digits), option("Date", filled), one("StorageClass", filled), access),
		some(0, 1, "Expiration", option("Days", digits), option("Date", filled), option("ExpiredObjectDeleteMarker", oneOf("true", "false"))),
		some(0, 1, "NoncurrentVersionExpiration", one("NoncurrentDays", digits)),
		some(0, maxTransitions, "NoncurrentVersionTransition", one("NoncurrentDays", digits), one("StorageClass", filled), access),
		some(0, 1, "AbortIncompleteMultipartUpload", one("DaysAfterInitiation", digits)),
	)
	// cos-python-sdk-v5 ut/test.py, run against the cloud, misspells an element of
	// its rule, and the cloud accepts it (choice 435).
	rule.open = true
	return &shape{name: "LifecycleConfiguration", kids: []shape{rule}}
}
