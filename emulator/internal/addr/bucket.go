package addr

import (
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/bilingual"
)

// AppID returns the account number at the end of a full bucket name, or "".
func AppID(bucket string) string {
	i := strings.LastIndexByte(bucket, '-')
	if i <= 0 || i == len(bucket)-1 {
		return ""
	}
	for _, c := range []byte(bucket[i+1:]) {
		if c < '0' || c > '9' {
			return ""
		}
	}
	return bucket[i+1:]
}

// Errors of ValidBucket.
var (
	// ErrBucketName means that the form or a character is not allowed.
	ErrBucketName = bilingual.Errorf("use lower-case letters, digits and dashes, a dash neither first nor last, and end in -<APPID>",
		"请用小写字母、数字和连字符，连字符不在开头或末尾，并以 -<APPID> 结尾")
	// ErrBucketNameTooLong means more than 50 characters before the APPID, or more than a label of
	// a host name may have.
	ErrBucketNameTooLong = bilingual.Errorf("the bucket name is too long: 50 characters are allowed before -<APPID>, and 63 in all",
		"存储桶名称过长：-<APPID> 之前最多 50 个字符，总共最多 63 个")
)

const (
	// maxBucket is the longest bucket name without its APPID (choice 400).
	maxBucket = 50
	// maxLabel is the longest label of a host name.
	maxLabel = 63
)

// ValidBucket checks a full bucket name with its APPID (COS docs: 存储桶概述). It returns ErrBucketName
// or ErrBucketNameTooLong.
func ValidBucket(name string) error {
	appID := AppID(name)
	own := strings.TrimSuffix(name, "-"+appID)
	if appID == "" || name[0] == '-' || strings.HasSuffix(own, "-") {
		return ErrBucketName
	}
	for _, c := range []byte(name) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return ErrBucketName
		}
	}
	if len(own) > maxBucket || len(name) > maxLabel {
		return ErrBucketNameTooLong
	}
	return nil
}
