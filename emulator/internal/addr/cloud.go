package addr

import "strings"

// Endpoint is the kind of a host: what the cloud takes there differs (COS docs:
// 地域和访问域名, 创建请求概述).
type Endpoint int

// The kinds of hosts.
const (
	// Default takes every call: cos, cos-internal, cos-dualstack and addresses of
	// the emulator's own.
	Default Endpoint = iota
	// Accelerate takes uploads and downloads once the bucket has acceleration:
	// <bucket>.cos.accelerate.myqcloud.com.
	Accelerate
	// Website serves a bucket's static website: <bucket>.cos-website.<region>….
	Website
	// OtherService is a host of the cloud that is not COS: <bucket>.ci.<region>….
	OtherService
)

// hostParts are what a host says of a request.
type hostParts struct {
	bucket, region string
	endpoint       Endpoint
}

// splitHost reads what stands before ".myqcloud.com": "<bucket>.cos.<region>",
// "cos.<region>" for path style, "service.cos". The bucket is empty where the
// name has none; so is the region, and for "accelerate", which is everywhere.
func splitHost(sub string) (parts hostParts, ok bool) {
	for at := 0; at <= len(sub); {
		label := sub[at:]
		if dot := strings.IndexByte(label, '.'); dot >= 0 {
			label = label[:dot]
		}
		end := at + len(label)
		if !isCosLabel(label) {
			at = end + 1
			continue
		}
		if at > 0 {
			parts.bucket = sub[:at-1]
		}
		if end < len(sub) {
			parts.region = sub[end+1:]
		}
		if parts.bucket == "service" {
			parts.bucket = ""
		}
		switch {
		case parts.region == "accelerate":
			parts.region, parts.endpoint = "", Accelerate
		case strings.HasPrefix(label, "cos-website"):
			parts.endpoint = Website
		}
		return parts, true
	}
	return hostParts{}, false
}

func cutCloudSuffix(name string) (string, bool) {
	if rest, ok := strings.CutSuffix(name, ".myqcloud.com"); ok {
		return rest, true
	}
	return strings.CutSuffix(name, ".tencentcos.cn")
}

// isCosLabel knows the label that separates bucket and region (COS docs: 关于
// COS 发布新域名 tencentcos.cn 的通知, 使用 IPv6 和 IPv4 双栈域名访问 COS).
func isCosLabel(label string) bool {
	switch label {
	case "cos", "cos-internal", "cos-dualstack", "cos-website", "cos-website-internal", "cosv6", "cos-cdc":
		return true
	}
	return false
}

// otherService knows the cloud's hosts below the same domains that are not COS:
// <bucket>.ci.<region> and <bucket>.pic.<region> of 数据万象, <bucket>.file, the
// CDN's name and that of the JSON API. The bucket is empty where the host names
// none.
func otherService(sub string) (bucket string, ok bool) {
	bucket, rest, _ := strings.Cut(sub, ".")
	service, _, _ := strings.Cut(rest, ".")
	switch service {
	case "ci", "pic", "file":
		if AppID(bucket) == "" {
			bucket = ""
		}
		return bucket, true
	}
	return "", false
}

// IsCloudHost tells whether a Host header holds one of the cloud's own names.
func IsCloudHost(host string) bool {
	sub, ok := cutCloudSuffix(HostName(host))
	if ok {
		_, ok = splitHost(sub)
	}
	return ok
}
