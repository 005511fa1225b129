package addr

import "strings"

// Endpoint is the kind of a host. Each kind takes other calls (COS docs: 地域和访问域名, 创建请求概述).
type Endpoint int

// The kinds of hosts.
const (
	// Default takes each call: hosts with cos, cos-internal and cos-dualstack, and addresses of the
	// emulator.
	Default Endpoint = iota
	// Accelerate takes uploads and downloads if the bucket has acceleration:
	// <bucket>.cos.accelerate.myqcloud.com.
	Accelerate
	// Website serves the static website of a bucket: <bucket>.cos-website.<region>….
	Website
	// OtherService is a host of Tencent Cloud that is not COS, such as <bucket>.ci.<region>….
	OtherService
)

// hostParts are the parts of a COS host name.
type hostParts struct {
	bucket, region string
	endpoint       Endpoint
}

// splitHost reads the part before ".myqcloud.com": "<bucket>.cos.<region>", "cos.<region>" for path
// style, "service.cos". Bucket and region are empty where the name lacks them. The region is also
// empty for "accelerate", which serves all regions.
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

// isCosLabel reports whether a label separates bucket and region (COS docs: 关于 COS 发布新域名
// tencentcos.cn 的通知, 使用 IPv6 和 IPv4 双栈域名访问 COS).
func isCosLabel(label string) bool {
	switch label {
	case "cos", "cos-internal", "cos-dualstack", "cos-website", "cos-website-internal", "cosv6", "cos-cdc":
		return true
	}
	return false
}

// otherService reports whether a host below the COS domains belongs to another service:
// <bucket>.ci.<region> and <bucket>.pic.<region> of 数据万象, <bucket>.file, the CDN and the JSON API.
// The bucket is empty where the host name has none.
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

// IsCloudHost reports whether a Host header is a host name of COS or of another service below its
// domains.
func IsCloudHost(host string) bool {
	sub, ok := cutCloudSuffix(HostName(host))
	if ok {
		_, ok = splitHost(sub)
	}
	return ok
}
